# Ce que la console dit autour de ses pages : navigation, entrée, problèmes.

brand-line = Administration
skip-to-content = Aller au contenu
menu = Menu
nav-label = Navigation principale
account-label = Votre compte
nav-overview = Vue d’ensemble
nav-people = Personnes
nav-directory = Annuaire
nav-policy = Politique
nav-audit = Audit
nav-administrators = Administrateurs
pages-label = Pages
sign-in = Se connecter
sign-out = Se déconnecter
to-overview = Vers la vue d’ensemble
to-sign-in = Vers la page de connexion
to-directory = Vers l’annuaire
working = Recherche en cours…
none = aucun
never = jamais
unknown = inconnu
copy = Copier
copied = Copié
confirm-what-happens = Ce qui va se passer
confirm-no = Annuler

role-owner = Propriétaire
role-owner-means = Voit tout et modifie tout.
role-auditor = Auditeur
role-auditor-means = Voit tout, ne modifie rien ; peut vérifier et exporter le journal d’audit.

sign-in-title = Connexion à l’administration
sign-in-lead = Avec votre compte d’administrateur, distinct de votre compte de messagerie.
sign-in-lost = Mot de passe ou application d’authentification perdus ? La personne qui exploite le serveur crée un nouveau lien avec « pro-server admin reset ».
field-login = Nom
field-password = Mot de passe
field-again = Mot de passe, une seconde fois
field-code = Code de votre application d’authentification
field-code-hint = Six chiffres, renouvelés toutes les 30 secondes.

set-up-title = Créer votre compte
set-up-first = Vous êtes le premier administrateur de ce serveur. Vous en serez propriétaire.
set-up-invited = Vous avez été invité à administrer ce serveur.
set-up-reset = Le compte { $what } reçoit un nouveau mot de passe et une nouvelle application d’authentification. Les anciens cessent de valoir dès maintenant.
set-up-expires = Cette page sert une seule fois, jusqu’au { $what }.
set-up-step-account = Votre compte
set-up-login-hint = Lettres, chiffres et . _ - @ ; ce nom figure dans le journal d’audit.
set-up-password-hint = Au moins 12 caractères. Quelques mots sans rapport entre eux se retiennent mieux que des caractères spéciaux.
set-up-step-authenticator = Votre application d’authentification
set-up-qr-label = Code QR pour votre application d’authentification
set-up-scan = Scannez ce code avec une application d’authentification sur votre téléphone.
set-up-type = Pas d’appareil photo ? Saisissez plutôt cette clé dans l’application, type « basé sur le temps ».
set-up-step-code = Vérification
set-up-code-hint = Saisissez les six chiffres que l’application affiche en ce moment.
set-up-finish = Créer le compte et se connecter

form-has-faults = Rien n’est encore enregistré. Veuillez revoir les champs signalés.
field-empty = Veuillez remplir ce champ.
field-malformed = Veuillez indiquer un nombre entier, en chiffres.
field-login-malformed = Ce nom comporte des caractères interdits. Lettres, chiffres et . _ - @ conviennent.
field-version-malformed = Veuillez indiquer une version en trois nombres, comme 0.1.0.
field-groups-malformed = Veuillez indiquer des noms de groupes séparés par des virgules.
field-too-short = Trop court : au moins { $count } caractères.
field-too-long = Trop long : au plus { $count } caractères.
field-guessable = Trop facile à deviner. Choisissez quelque chose qui ne soit ni courant ni tiré du nom.
field-taken = Ce nom est déjà pris. Choisissez-en un autre.
field-code-wrong = Ce n’est pas le code du moment. Attendez le suivant et vérifiez que l’heure du téléphone est juste.
field-out-of-range = Hors limites : de { $min } à { $max }.
field-locks-everybody-out = Plus récente que ce serveur : plus aucun client ne pourrait entrer. Mettez d’abord le serveur à jour.
field-again-differs = Les deux mots de passe diffèrent. Saisissez-les de nouveau.

problem-what-now = Que faire :
problem-role-title = Votre rôle ne le permet pas
problem-role-text = Les auditeurs voient tout et ne modifient rien. Rien n’a été changé.
problem-role-next = Demandez-le à un propriétaire.
problem-credentials-title = Cela ne correspond pas
problem-credentials-text = Le nom, le mot de passe ou le code est erroné.
problem-credentials-next = Réessayez avec un nouveau code. Un code ne compte qu’une fois.
problem-link-title = Ce lien ne fonctionne plus
problem-link-text = Il a déjà servi, il a expiré ou il n’a jamais été créé.
problem-link-next = Demandez-en un autre : un propriétaire le crée sous « Administrateurs », ou la personne qui exploite le serveur avec « pro-server admin reset ».
problem-too-many-title = Trop de tentatives
problem-too-many-text = Pour écarter qui chercherait à deviner, la prochaine tentative doit attendre. Les tentatives faites entre-temps ne comptent pas.
problem-too-many-next = { $n ->
    [one] Attendez { $count } seconde, puis réessayez.
   *[other] Attendez { $count } secondes, puis réessayez.
}
problem-stale-form-title = Ce formulaire est périmé
problem-stale-form-text = Il a été fait pour une autre session, ou vous vous êtes reconnecté depuis. Rien n’a été changé.
problem-stale-form-next = Revenez en arrière, rechargez la page et recommencez.
problem-no-page-title = Cette page n’existe pas
problem-no-page-text = L’adresse ne mène nulle part.
problem-no-page-next = Vérifiez l’adresse ou repartez de la vue d’ensemble.
problem-no-person-title = Cette personne n’existe pas
problem-no-person-text = La personne ne se trouve pas dans l’annuaire.
problem-no-person-next = Cherchez-la de nouveau.
problem-no-device-title = Cet appareil n’existe pas
problem-no-device-text = Cette personne n’a pas un tel appareil.
problem-no-device-next = Rouvrez la page de la personne et regardez la liste de ses appareils.
problem-no-administrator-title = Cet administrateur n’existe pas
problem-no-administrator-text = Le compte a été supprimé entre-temps, ou le lien a été retiré.
problem-no-administrator-next = Regardez de nouveau la liste des administrateurs.
problem-no-source-title = Cette source n’existe pas
problem-no-source-text = Aucun annuaire de ce nom n’est configuré, ni ne l’a jamais été.
problem-no-source-next = Choisissez-en une à la page « Annuaire ».
problem-no-directory-title = Aucun annuaire n’est configuré
problem-no-directory-text = Les personnes viennent de fichiers importés ; il n’y a rien à lire.
problem-no-directory-next = Ajoutez [directory.ldap] à la configuration du serveur, ou continuez à importer des fichiers.
problem-brake-title = Le frein retient : rien n’a été changé
problem-brake-next = Vérifiez d’abord base_dn, filter et le compte de service. Si tant de personnes sont vraiment parties, regardez de nouveau l’aperçu et consentez à celui-ci exactement.
problem-already-suspended-title = Déjà suspendue
problem-already-suspended-text = Quelqu’un a suspendu cette personne entre-temps.
problem-already-suspended-next = Rouvrez la page de la personne pour voir où en sont les choses.
problem-not-locked-title = Pas de suspension manuelle
problem-not-locked-text = Seule une suspension décidée par un administrateur peut être levée ici.
problem-not-locked-next = Qui a quitté l’annuaire revient par l’annuaire.
problem-suspended-title = Cette personne est suspendue
problem-suspended-text = Une personne suspendue ne peut pas enrôler d’appareil. Rien n’a été changé.
problem-suspended-next = Levez d’abord la suspension.
problem-already-revoked-title = Déjà révoqué
problem-already-revoked-text = Quelqu’un a révoqué cet appareil entre-temps.
problem-already-revoked-next = Rouvrez la page de la personne pour voir où en sont les choses.
problem-last-owner-title = Le dernier propriétaire reste
problem-last-owner-text = Sans propriétaire, plus personne ne pourrait rien modifier ici. Rien n’a été changé.
problem-last-owner-next = Invitez d’abord un autre propriétaire.
problem-oneself-title = Nul ne supprime son propre compte
problem-oneself-text = Vous perdriez votre accès. Rien n’a été changé.
problem-oneself-next = Demandez-le à un autre propriétaire.
problem-stale-title = Quelque chose a changé entre-temps
problem-stale-text = Quelqu’un d’autre a modifié la même chose après l’ouverture de votre page. Votre modification n’a pas été faite.
problem-stale-next = Rechargez la page, regardez ce qui est nouveau et recommencez si votre modification reste juste.
problem-clock-title = L’horloge du serveur retarde
problem-clock-text = Une politique ne peut pas être antérieure à celle en vigueur. Rien n’a été changé.
problem-clock-next = Mettez le serveur à l’heure, de préférence par NTP, puis réessayez.
problem-invalid-title = Cela ne peut pas être employé
problem-invalid-next = Revenez en arrière et corrigez.
problem-directory-title = L’annuaire ne répond pas comme il devrait
problem-directory-next = Corrigez, puis regardez de nouveau. Rien n’a été changé, et personne ne perd l’accès pour cette raison.
problem-database-title = La base de données ne répond pas
problem-database-text = Rien n’a été changé.
problem-database-next = Réessayez dans un instant ; si cela persiste, consultez le journal du serveur et la base de données.
problem-disk-title = Le disque est plein
problem-disk-text = Rien n’a été changé.
problem-disk-next = Libérez de la place sur le serveur, puis réessayez.
problem-internal-title = Le serveur a failli
problem-internal-text = C’est une défaillance du serveur, non la vôtre. Rien n’a été changé.
problem-internal-next = Réessayez ; si cela persiste, consultez le journal du serveur.

brake-empty = { $n ->
    [one] L’annuaire ne montre personne, alors que { $count } personne est inscrite.
   *[other] L’annuaire ne montre personne, alors que { $count } personnes sont inscrites.
}
brake-too-many = { $n ->
    [one] { $count } personne perdrait l’accès ; { $allowed } au plus le peuvent en une fois.
   *[other] { $count } personnes perdraient l’accès ; { $allowed } au plus le peuvent en une fois.
}
directory-ldap-unreachable = L’annuaire est injoignable. Vérifiez l’hôte et le port de directory.ldap.url, et le réseau entre les deux.
directory-ldap-timeout = L’annuaire n’a pas répondu à temps. Vérifiez sa charge et le réseau entre les deux.
directory-ldap-certificate = Le certificat de l’annuaire n’est pas reconnu. Mettez dans directory.ldap.ca_file les racines qui l’ont signé, et employez le nom d’hôte pour lequel il est fait.
directory-ldap-ca-file = directory.ldap.ca_file n’a pas de certificat utilisable ; il doit être en PEM.
directory-ldap-start-tls = L’annuaire refuse StartTLS. Employez ldaps://, ou activez StartTLS dans l’annuaire.
directory-ldap-service-account = L’annuaire refuse le compte de service. Vérifiez bind_dn et bind_password_file.
directory-ldap-base = L’annuaire n’a pas d’entrée base_dn. Vérifiez son orthographe et ce que le compte de service peut lire.
directory-ldap-filter = L’annuaire n’accepte pas le filtre. Vérifiez ses parenthèses et les noms d’attributs.
directory-ldap-size-limit = L’annuaire s’arrête avant la fin de la liste. Accordez au compte de service des résultats paginés sans limite.
directory-ldap-too-many = L’annuaire montre trop de personnes. Restreignez base_dn ou filter.
directory-ldap-disconnected = La connexion à l’annuaire s’est rompue. Elle sera retentée à la prochaine lecture.
directory-ldap-refused = L’annuaire refuse ; son propre journal dit pourquoi.
directory-ldap-other = L’annuaire a failli ; le journal du serveur en dit plus.
